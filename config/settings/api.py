"""The hospitals' interface: REST, OAuth 2, the platform's envelope, notices to hospitals, and their description."""
from config.settings.environment import env

API_SCOPES = {
    "catalogue": "查询病种目录和认定标准",
    "person": "按证件号码查询参保人和待遇",
    "diagnosis": "报送、跟踪、撤回认定",
    "review": "查询到期复审、报送复审",
    "file": "上传和下载材料",
}
API_RATES = {  # requests of one key (without a key: of one address) in a minute
    "default": env.int("API_RATE", default=600),
    "person": env.int("API_PERSON_RATE", default=120),
    "file": env.int("API_FILE_RATE", default=60),
    "token": env.int("API_TOKEN_RATE", default=30),
}
API_OVERLAP_HOURS = env.int("API_OVERLAP_HOURS", default=72)
"""How long the old key of a hospital works beside the new one, unless said otherwise when it is changed."""
WEBHOOKS_PRIVATE = False
"""Whether notices may go to plain http and to private addresses: a developer's machine alone."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["chronic.api.access.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chronic.api.access.Scoped"],
    "DEFAULT_THROTTLE_CLASSES": ["casework.api.throttling.Throttle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["casework.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "casework.api.answers.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=0),
    "COERCE_DECIMAL_TO_STRING": True,
}
OAUTH2_PROVIDER = {
    "SCOPES": API_SCOPES,
    "SCOPES_BACKEND_CLASS": "chronic.api.access.KeyScopes",
    "OAUTH2_VALIDATOR_CLASS": "chronic.api.access.KeyValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 30 * 60,
    "CLIENT_SECRET_GENERATOR_LENGTH": 48,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
}
# The library's migrations ask for the names of its own models.
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth2_provider.AccessToken"  # noqa: S105
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth2_provider.RefreshToken"  # noqa: S105
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth2_provider.IDToken"  # noqa: S105
OAUTH2_PROVIDER_GRANT_MODEL = "oauth2_provider.Grant"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "oauth2_provider.DeviceGrant"
SPECTACULAR_SETTINGS = {
    "TITLE": "医疗保障经办接口",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_PUBLIC": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [
        "rest_framework.authentication.SessionAuthentication", "chronic.api.access.KeyAuthentication",
    ],
    "SERVE_PERMISSIONS": ["chronic.api.access.Known"],
    "APPEND_COMPONENTS": {"securitySchemes": {
        "oauth2": {"type": "oauth2", "flows": {
            "clientCredentials": {"tokenUrl": "/api/oauth/token", "scopes": API_SCOPES},
        }},
        "signature": {"type": "apiKey", "in": "header", "name": "x-tif-signature"},
    }},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
