"""What all services stand on, in rooms with one job each."""
