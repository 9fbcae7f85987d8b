"""生育: antenatal payment, delivery, allowance."""
