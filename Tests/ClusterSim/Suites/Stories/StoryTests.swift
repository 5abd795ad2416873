import SimStories
import Testing

@Suite("Stories of the cluster")
struct StoryTests {
    @Test("A story goes as it is told, and keeps every promise", arguments: Stories.all)
    func goesAsTold(_ tale: Tale) { #expect(tale.perform() == []) }

    @Test("No two stories have one sentence")
    func sentences() { #expect(Set(Stories.all.map(\.sentence)).count == Stories.all.count) }
}
