import Domain
import Testing

@Suite("Seeded numbers")
struct SeededGeneratorTests {
    @Test("The numbers are those of the published algorithms")
    func known() {
        // splitmix64 of 0 starts with E220A8397B1DCDAF, 6E789E6AA1B965F4, 06C45D188009454F, F88BB8A8724C81EC;
        // the first of xoshiro256** is rotl(s1 * 5, 7) * 9.
        var generator = SeededGenerator(seed: 0)
        let product: UInt64 = 0x6E78_9E6A_A1B9_65F4 &* 5
        #expect(generator.next() == (product << 7 | product >> 57) &* 9)
    }

    @Test("The same seed gives the same numbers, another others")
    func seeds() {
        var (one, same, other) = (
            SeededGenerator(seed: 5), SeededGenerator(seed: 5), SeededGenerator(seed: 6)
        )
        let numbers = (0..<100).map { _ in one.next() }
        #expect(numbers == (0..<100).map { _ in same.next() })
        #expect(numbers != (0..<100).map { _ in other.next() } && Set(numbers).count == 100)
    }

    @Test("A fork draws from a stream of its own")
    func fork() {
        var (one, same) = (SeededGenerator(seed: 5), SeededGenerator(seed: 5))
        var (child, twin) = (one.fork(), same.fork())
        _ = (0..<10).map { _ in child.next() }
        #expect(one.next() == same.next())
        #expect(child.next() != twin.next())
    }

    @Test("Bounded numbers reach every value, about equally often, and none beyond")
    func bounds() {
        var generator = SeededGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[Int(generator.number(below: 7))] += 1 }
        #expect(counts.allSatisfy { (9_500...10_500).contains($0) }, "\(counts)")
        let values = Set((0..<1_000).map { _ in generator.number(in: -2...2) })
        #expect(values == [-2, -1, 0, 1, 2])
        #expect(generator.number(in: 3...3) == 3 && generator.number(below: 1) == 0)
        _ = generator.number(in: Int.min...Int.max)
    }

    @Test("A ratio happens as often as it says")
    func ratios() {
        var generator = SeededGenerator(seed: 2)
        let third = (0..<30_000).filter { _ in generator.happens(Ratio(1, of: 3)) }.count
        #expect((9_500...10_500).contains(third))
        #expect((0..<1_000).allSatisfy { _ in !generator.happens(.never) && generator.happens(.always) })
    }

    @Test("A shuffle keeps the elements and finds every order")
    func shuffles() {
        var generator = SeededGenerator(seed: 3)
        let orders = Set((0..<500).map { _ in generator.shuffled([1, 2, 3, 4]) })
        #expect(orders.count == 24 && orders.allSatisfy { $0.sorted() == [1, 2, 3, 4] })
        #expect(generator.shuffled([Int]()).isEmpty)
    }
}
