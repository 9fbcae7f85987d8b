"""Jobs of enrollment: reading, merging and exporting large files, and the windows of those whom a file touched."""
from casework import clock, jobs
from enrollment import services


@jobs.handler("enrollment.bulk_read", atomic=False)
def read_batch(run: jobs.Run) -> None:
    """Stage and check an uploaded file."""
    services.read_batch(run.payload["batch_id"], run, at=clock.now())


@jobs.handler("enrollment.bulk_merge", atomic=False)
def merge_batch(run: jobs.Run) -> None:
    """Write the accepted rows of a confirmed file."""
    services.merge_batch(run.payload["batch_id"], run, at=clock.now())


@jobs.handler("enrollment.bulk_export", atomic=False)
def write_export(run: jobs.Run) -> None:
    """Write an export's file."""
    services.write_export(run.payload["export_id"], run, at=clock.now())


@jobs.handler("enrollment.recompute_windows", atomic=False)
def recompute_windows(run: jobs.Run) -> None:
    """Decide anew from when the persons of one chunk may draw benefits."""
    services.recompute_touched(run, at=clock.now())
