"""What is public: traces of lots and sums of money, never a household."""
