"""Results before the public: announced, objected to, final, and as open data."""
