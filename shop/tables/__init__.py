"""Tables that sellers bring (CSV or XLSX) read line by line, safely, whatever the file holds; and written."""

from shop.tables.faults import Fault, TableRefused
from shop.tables.reading import Column, Row, Table, open_table
from shop.tables.writing import csv_lines, write_xlsx

__all__ = ["Column", "Fault", "Row", "Table", "TableRefused", "csv_lines", "open_table", "write_xlsx"]
