"""Staff's catalogue work: Oscar's dashboard, cut down to products, types, categories, options and sellers."""
