namespace Semel.Cli.Demo.Transactions;

/// <summary>The topics, names and settings of the job that the demonstration kills.</summary>
static class JobSettings
{
    public const string Inputs = "demo-inputs", Results = "demo-results", Group = "demo-job";
    public const int Partitions = 2;
    const string TransactionalId = "demo-job-0", Instance = "demo-job-0";

    static IEnumerable<KeyValuePair<string, string>> Common(string bootstrap) =>
    [
        new("bootstrap.servers", bootstrap),
        new("retry.backoff.ms", "10"),
        new("retry.backoff.max.ms", "100"),
        new("reconnect.backoff.ms", "10"),
        new("reconnect.backoff.max.ms", "100"),
    ];

    public static IEnumerable<KeyValuePair<string, string>> Producer(string bootstrap) => Common(bootstrap).Append(new("transactional.id", TransactionalId));

    /// <summary>A member with a name of its own takes the place of its predecessor at once, whether that is dead or only asleep.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Consumer(string bootstrap) => Common(bootstrap).Concat(
    [
        new("group.id", Group),
        // The coordinator of the other protocol waits for a silent member until its session is over.
        new("group.protocol", "classic"),
        new("group.instance.id", Instance),
        new("enable.auto.commit", "false"),
        new("auto.offset.reset", "earliest"),
    ]);

    public static IEnumerable<KeyValuePair<string, string>> Reader(string bootstrap, string isolation) =>
        Common(bootstrap).Append(new("isolation.level", isolation));

    /// <summary>Inputs have numbers over both partitions: this is the one at an offset of a partition.</summary>
    public static long InputAt(int partition, long offset) => offset * Partitions + partition;
}
