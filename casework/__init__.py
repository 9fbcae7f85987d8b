"""What every case shares: numbers, workflow, worklist, audit trail, documents, notices, outbox."""
