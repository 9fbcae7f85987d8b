"""Persons and institutions as .xlsx files, through django-import-export: each row calls one service.

A file is taken whole or not at all; its errors are told row by row, as Excel numbers rows, without full numbers.
"""
from enrollment.resources.institutions import InstitutionResource, InstitutionWorkbook
from enrollment.resources.persons import PersonResource, PersonWorkbook

__all__ = ["InstitutionResource", "InstitutionWorkbook", "PersonResource", "PersonWorkbook"]
