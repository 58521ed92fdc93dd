// ggufit's command line: arguments → files → core → terminal.
int main() { return 2; }
