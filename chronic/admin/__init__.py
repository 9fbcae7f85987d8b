"""The screens of chronic and special diseases. Thin: each translates, calls one service, translates back."""
from chronic.admin import certifications

__all__ = ["certifications"]
