from carrears.cli import main

main()
