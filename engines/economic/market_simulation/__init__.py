"""Market simulation (*simulación de mercados*): what may happen, by chance or by agents who react."""
