"""Readers of what sources give: one standard, format or judgement a file. Collectors put them to work; none knows a collector."""
