"""门诊慢特病: certification, reviews, entitlements."""
