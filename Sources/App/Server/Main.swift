private import Glibc

/// The program.
@main
enum Main {
    static func main() {
        exit(Program.run(Array(Swift.CommandLine.arguments.dropFirst())))
    }
}
