from carrears_verify.command import main

main()
