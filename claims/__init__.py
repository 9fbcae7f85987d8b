"""手工（零星）报销: claims, settlements, the year's ledger, payments."""
