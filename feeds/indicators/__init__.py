"""Figures of keuangan and pengadaan: pure functions of typed rows, no I/O."""
