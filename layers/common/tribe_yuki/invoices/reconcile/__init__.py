"""Compare Tribe's invoices, our transfers and Yuki's books."""
