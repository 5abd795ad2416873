/// One label of a metric with every value that it can have: what a client sends never becomes a label, so the
/// number of series is known when the program starts.
package struct MetricLabel: Sendable {
    package let name: String
    package let values: [String]

    package init(_ name: String, _ values: [String]) {
        precondition(!values.isEmpty)
        self.name = name
        self.values = values
    }
}

/// A label with its value.
package struct MetricPair: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The series of a metric, and where each is kept.
package struct MetricSeries: Sendable {
    /// The labels of each series.
    package let all: [[MetricPair]]
    /// How far apart two values of each label are.
    private let strides: [Int]

    /// Every combination of the labels' values; one series when there are no labels.
    package init(_ labels: [MetricLabel]) {
        var all: [[MetricPair]] = [[]]
        for label in labels {
            all = all.flatMap { pairs in label.values.map { pairs + [MetricPair(label.name, $0)] } }
        }
        self.all = all
        var stride = 1
        strides = labels.reversed().map { label in
            defer { stride *= label.values.count }
            return stride
        }.reversed()
    }

    /// These and no others.
    package init(only all: [[MetricPair]]) {
        precondition(!all.isEmpty)
        self.all = all
        strides = [1]
    }

    package var count: Int { all.count }

    /// The place of the series with these values, by their positions in the labels.
    package func place(_ first: Int) -> Int { first * strides[0] }
    package func place(_ first: Int, _ second: Int) -> Int { first * strides[0] + second * strides[1] }
    package func place(_ first: Int, _ second: Int, _ third: Int) -> Int {
        first * strides[0] + second * strides[1] + third * strides[2]
    }
}
