"""The language, said in cases: facts as text tables, a moment, a query, the members."""
