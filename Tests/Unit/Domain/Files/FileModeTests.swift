import Domain
import Testing

@Suite("File modes")
struct FileModeTests {
    @Test("Every mode survives its octal digits, and splits into three classes")
    func everyMode() {
        for raw in UInt16(0)...0o7777 {
            let mode = FileMode(rawValue: raw)
            let classes = PermissionClass.allCases.map { UInt16(mode.permissions(of: $0).rawValue) }
            guard mode.octal.utf8.count == 4, FileMode(octal: mode.octal) == mode,
                FileMode(octal: "0" + mode.octal) == mode,
                classes[0] << 6 | classes[1] << 3 | classes[2] == raw & 0o777
            else {
                Issue.record("\(mode.octal)")
                return
            }
        }
    }

    @Test(
        "What is no mode is refused",
        arguments: ["", "8", "0o644", "-1", "+644", "10000", "644 ", "000644", "rwx", "٦"])
    func malformed(text: String) {
        #expect(FileMode(octal: text) == nil)
    }

    @Test("A umask withholds permission bits only")
    func umask() {
        #expect(FileMode(rawValue: 0o7777).masked(by: Umask(0o7027)).octal == "7750")
        #expect(FileMode.defaultFile.masked(by: .standard).octal == "0644")
    }
}
