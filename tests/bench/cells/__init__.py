"""What is measured. Each cell takes the settings of a run and gives rows of the table."""
