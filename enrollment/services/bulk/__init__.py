"""Large files in and out: staged by COPY, checked in sets, confirmed by an officer, merged in chunks."""
from enrollment.services.bulk.batches import (
    Covering,
    Progress,
    Uploaded,
    batch_progress,
    confirm_bulk,
    fault_workbook,
    upload_bulk,
    withdraw_bulk,
)
from enrollment.services.bulk.exporting import Wanted, download_export, request_export, write_export
from enrollment.services.bulk.merging import merge_batch
from enrollment.services.bulk.reading import read_batch
from enrollment.services.bulk.recomputing import recompute_touched

__all__ = [
    "Covering",
    "Progress",
    "Uploaded",
    "Wanted",
    "batch_progress",
    "confirm_bulk",
    "download_export",
    "fault_workbook",
    "merge_batch",
    "read_batch",
    "recompute_touched",
    "request_export",
    "upload_bulk",
    "withdraw_bulk",
    "write_export",
]
