"""What every HTTP door for machines shares: strict JSON, strict fields, coded answers, signatures, limits."""
