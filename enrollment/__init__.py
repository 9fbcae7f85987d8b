"""参保: the register of persons, insurance periods, identities, filings and institutions."""
