"""One module per AWS service. To add one: write it, and name it in ``registry``."""
