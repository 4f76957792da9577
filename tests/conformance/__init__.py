"""What every engine must do, whatever it is made of."""
