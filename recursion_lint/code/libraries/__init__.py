"""What libraries give for symbolic values: those of the languages, the AWS SDKs, and packages that many use."""
