"""Who belongs to each saved segment, kept: brought up to date, with what changed and why."""
