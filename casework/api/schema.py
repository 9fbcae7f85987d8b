"""What the OpenAPI description says of the strict fields: lengths, patterns, and that strangers are refused."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension


class TextExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Text with its length and pattern, as the field itself reads them."""

    target_class = "casework.api.fields.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        field: Any = self.target
        said: dict[str, Any] = {"type": "string", "maxLength": field.length}
        if field.required and direction == "request":
            said["minLength"] = 1
        if field.pattern:
            empty = "" if field.required else "|"
            said["pattern"] = f"^(?:{field.pattern}{empty})$"
        elif field.required and direction == "request":
            said["pattern"] = r"\S"
        if field.label or field.help_text:
            said["description"] = str(field.help_text or field.label)
        return said


class StrictExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """An object that takes no field but its own."""

    target_class = "casework.api.fields.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> Any:
        said = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if direction == "request":
            said["additionalProperties"] = False
        said.pop("description", None)
        return said
