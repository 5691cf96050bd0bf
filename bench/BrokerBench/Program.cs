using System.Diagnostics;
using Semel.BrokerBench;
using Semel.BrokerBench.Groups;
using Semel.BrokerBench.Transactions;
using Semel.Peers;

// Measures the broker beside Apache Kafka with the same client, librdkafka, in interleaved rounds.
//   dotnet run -c Release --project bench/BrokerBench -- compare --before FOLDER [--only PART] [--rounds N] [--quick | --scale X]
//     (this build against that of another checkout, each by its ./semel; the exit code is 1 when a limit is not kept)
//   dotnet run -c Release --project bench/BrokerBench -- produce|latency|partitions|start|recovery|many|client|inprocess|kills|commits|visible|offsets|rebalance|transaction-kills [--rounds N] [--skeleton PROGRAM [--skeleton-sync none|files|journal]] [--quick | --scale X]
//     [--only PART] (of a target's name) [--case SIZExPARTITIONS] (of produce) [--kills N] [--flush disk|os] (of kills, transaction-kills)
//     [--partitions N] [--program SEMEL]... (of many)
// Needs the peers (SEMEL_PEERS, or shared/peers beside the repository).
var bench = new Bench(args);
return bench.Run();

sealed class Bench
{
    readonly string[] _arguments;
    readonly string _root = FindUp("Semel.slnx"), _peers = PeersFolder.Required;
    readonly int _rounds;
    readonly double _scale;

    public Bench(string[] arguments)
    {
        _arguments = arguments;
        _rounds = Math.Max(1, int.Parse(Option("--rounds") ?? "5"));
        _scale = double.Parse(Option("--scale") ?? (arguments.Contains("--quick") ? "0.2" : "1"), System.Globalization.CultureInfo.InvariantCulture);
        Librdkafka.Load(Path.Combine(_peers, "lib", "native", "librdkafka.so"));
    }

    static string FindUp(string what)
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, what))) return folder.FullName;
        throw new DirectoryNotFoundException($"no {what} at or above {Environment.CurrentDirectory}");
    }

    string? Option(string name) => Array.IndexOf(_arguments, name) is var at and >= 0 && at + 1 < _arguments.Length ? _arguments[at + 1] : null;

    public int Run()
    {
        switch (_arguments.FirstOrDefault())
        {
            case "compare": return Compare();
            case "produce": Produce(); return 0;
            case "latency": Latency(); return 0;
            case "partitions": Partitions(); return 0;
            case "start": Start(); return 0;
            case "recovery": Recovery(); return 0;
            case "many": Many(); return 0;
            case "client": OurClient(); return 0;
            case "inprocess": InProcess(); return 0;
            case "inprocess-once": InProcessRun.Print(); return 0;
            case "commits": Commits(); return 0;
            case "visible": Visible(); return 0;
            case "offsets": Offsets(); return 0;
            case "transactional": Transactional(); return 0;
            case "coordinators": Coordinators(); return 0;
            case "rebalance": Rebalance(); return 0;
            case "transaction-kills": return TransactionKillRun.Run(Target.Semel(_root, Option("--flush") ?? "disk"), int.Parse(Option("--kills") ?? "200")).Print() ? 0 : 1;
            case "kills": return KillRun.Run(Target.Semel(_root, Option("--flush") ?? "disk"), int.Parse(Option("--kills") ?? "50")).Print() ? 0 : 1;
            default:
                Console.Error.WriteLine("usage: broker-bench compare --before FOLDER | produce|latency|partitions|start|recovery|many|client|inprocess|kills|commits|visible|offsets|rebalance|transaction-kills [--rounds N] [--skeleton PROGRAM [--skeleton-sync none|files|journal]] [--quick | --scale X] [--only PART] [--case SIZExPARTITIONS] [--kills N] [--flush disk|os] [--partitions N] [--program SEMEL]...");
                return 2;
        }
    }

    /// <summary>A group of fifty to which one comes and goes.</summary>
    void Rebalance()
    {
        const int members = 50;
        var times = Math.Max(1, (int)(20 * _scale));
        foreach (var (name, join) in new (string, Func<int, BenchMember>)[] { ("classic, eager", port => new ClassicBenchMember(port)), ("KIP-848", port => new ConsumerBenchMember(port)) })
            Comparison.Run($"a group of {members} ({name}) comes to rest when one more joins and when it leaves, {times} times", _rounds,
                [.. Targets().Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => RebalanceRun.Run(target, members, times, join))))]);
    }

    int Compare()
    {
        if (Option("--before") is not { } before || !File.Exists(Path.Combine(before, "semel")))
        {
            Console.Error.WriteLine("compare needs --before FOLDER: a checkout of the build to compare with, which has ./semel");
            return 2;
        }
        return new BuildComparison(_root, Path.GetFullPath(before), _rounds, _scale, Option("--only")).Run() ? 0 : 1;
    }

    IReadOnlyList<Target> Targets(string skeletonSync = "none")
    {
        var all = new List<Target> { Target.Semel(_root, "disk"), Target.Semel(_root, "os") };
        if (Option("--skeleton") is { } program) all.Add(Target.Skeleton(program, Option("--skeleton-sync") ?? skeletonSync));
        all.Add(Target.Kafka(_peers));
        return Option("--only") is { } part ? all.FindAll(target => target.Name.Contains(part)) : all;
    }

    internal static readonly Dictionary<string, string> Idempotent = new() { ["enable.idempotence"] = "true", ["acks"] = "all", ["linger.ms"] = "5", ["batch.size"] = "1000000", ["batch.num.messages"] = "100000" };

    /// <summary>Throughput and the broker's processor time per million records.</summary>
    void Produce()
    {
        foreach (var (size, baseCount) in new[] { (1024, 1_000_000L), (100, 3_000_000L) })
            foreach (var partitions in new[] { 1, 8 })
            {
                if (Option("--case") is { } chosen && chosen != $"{size}x{partitions}") continue;
                var count = (long)(baseCount * _scale);
                Comparison.Run($"idempotent produce, acks=all, {size} B, {partitions} partition(s), {count:#,0} records", _rounds,
                    [.. Targets().Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => Throughput(target, count, size, partitions))))]);
            }
    }

    internal static IReadOnlyDictionary<string, double> Throughput(Target target, long count, int size, int partitions)
    {
        using var broker = BrokerProcess.Start(target, partitions);
        RdkafkaProducer.Run(broker.Bootstrap, "test", count / 4, size, partitions, Idempotent);
        var cpu = broker.CpuSeconds;
        var result = RdkafkaProducer.Run(broker.Bootstrap, "test", count, size, partitions, Idempotent);
        return new Dictionary<string, double> { ["records/s"] = result.PerSecond, ["broker CPU s per million"] = (broker.CpuSeconds - cpu) * 1e6 / count };
    }

    /// <summary>Acknowledgement of single records at 1,000 a second.</summary>
    void Latency()
    {
        var count = (long)(20_000 * _scale);
        Comparison.Run($"acknowledgement at 1,000 records a second, 1 KiB, 1 partition, {count:#,0} records", _rounds,
            [.. Targets("files").Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => Latencies(target, count))))]);
    }

    internal static IReadOnlyDictionary<string, double> Latencies(Target target, long count)
    {
        var settings = new Dictionary<string, string>(Idempotent) { ["linger.ms"] = "0" };
        using var broker = BrokerProcess.Start(target, 1);
        RdkafkaProducer.Run(broker.Bootstrap, "test", count / 4, 1024, 1, settings, 2000);
        var result = RdkafkaProducer.Run(broker.Bootstrap, "test", count, 1024, 1, settings, 1000);
        return new Dictionary<string, double> { ["p50 ms"] = result.Percentile(0.5), ["p99 ms"] = result.Percentile(0.99), ["p99.9 ms"] = result.Percentile(0.999) };
    }

    /// <summary>The cost of many partitions: 1, 8, 64 and 1,000 written by turns, each target compared with its own 8.</summary>
    void Partitions()
    {
        foreach (var target in Targets("files"))
        {
            var count = (long)(1_000_000 * _scale);
            Comparison.Run($"{target.Name}: partitions written by turns, 1 KiB, {count:#,0} records", _rounds,
                [.. new[] { 1, 64, 1000, 8 }.Select(partitions => ($"{partitions} partitions", (Func<IReadOnlyDictionary<string, double>>)(() => Throughput(target, count, 1024, partitions))))]);
        }
    }

    /// <summary>From the start of the process to the first acknowledged record, and memory when idle after it.</summary>
    void Start()
    {
        Comparison.Run("start to first acknowledged record; idle memory", _rounds, [.. Targets().Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => Started(target))))]);
    }

    internal static IReadOnlyDictionary<string, double> Started(Target target)
    {
        var began = Stopwatch.GetTimestamp();
        using var broker = BrokerProcess.Start(target, 1);
        var listening = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var acknowledged = Stopwatch.GetElapsedTime(began, RawClient.FirstAcknowledged(broker.Port, "test")).TotalMilliseconds;
        Thread.Sleep(2000);
        return new Dictionary<string, double> { ["listening ms"] = listening, ["first acknowledged ms"] = acknowledged, ["idle MiB"] = broker.ResidentMiB };
    }

    /// <summary>Start after SIGKILL with a large log of many producers, until a record is acknowledged.</summary>
    void Recovery()
    {
        var (producers, bytes) = ((int)(10_000 * _scale), (long)((1L << 30) * _scale));
        Comparison.Run($"start after SIGKILL with {bytes >> 20} MiB of log and {producers:#,0} producers, to the first acknowledged record", _rounds,
            [.. new[] { "disk", "os" }.Select(flush => Target.Semel(_root, flush)).Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => RecoveryRun.Measure(target, producers, bytes))))]);
    }

    /// <summary>Many partitions at rest: start, stop, descriptors and memory, of this build or of each --program.</summary>
    void Many()
    {
        var partitions = int.Parse(Option("--partitions") ?? "10000");
        var programs = _arguments.Index().Where(argument => argument.Item == "--program").Select(argument => _arguments[argument.Index + 1]).ToList();
        if (programs.Count == 0) programs.Add(Path.Combine(_root, "semel"));
        Comparison.Run($"{partitions:#,0} partitions with a record each", _rounds,
            [.. programs.Select(program => (program, (Func<IReadOnlyDictionary<string, double>>)(() => ManyRun.Measure(Target.Semel(_root, Option("--flush") ?? "disk", program: program), partitions))))]);
    }

    /// <summary>Our client on our broker: what idempotence costs, and what a record costs.</summary>
    void OurClient()
    {
        foreach (var size in new[] { 100, 1024 })
        {
            var count = (long)((size == 100 ? 5_000_000 : 1_000_000) * _scale);
            using var broker = BrokerProcess.Start(Target.Semel(_root, "os"), partitions: 1);
            Comparison.Run($"our client on our broker, flush=os, {size} B, {count:#,0} records", _rounds,
                [.. new[] { true, false }.Select(idempotent => ($"idempotence {(idempotent ? "on" : "off")}", (Func<IReadOnlyDictionary<string, double>>)(() => ClientRun.MeasureAsync(broker.Bootstrap, count, size, idempotent).GetAwaiter().GetResult())))]);
        }
    }

    /// <summary>Transactions committed a second by 1, 10 and 100 producers at once.</summary>
    void Commits()
    {
        foreach (var producers in new[] { 1, 10, 100 })
            Comparison.Run($"transactions of a record to each of 3 partitions, {producers} producer(s) at once", _rounds,
                [.. Targets().Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => TransactionRuns.Commits(target, producers, TimeSpan.FromSeconds(10 * _scale)))))]);
    }

    /// <summary>A commit as its reader sees it.</summary>
    void Visible() => Comparison.Run("EndTxn sent until a read_committed reader has the record", _rounds,
        [.. Targets().Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => TransactionRuns.Visible(target, (int)(1000 * _scale)))))]);

    /// <summary>Transactions beside a plain idempotent producer, each target compared with its own.</summary>
    void Transactional()
    {
        foreach (var target in Targets())
            Comparison.Run($"{target.Name}: librdkafka, 1 KiB, 3 partitions, by commit interval", _rounds,
                [.. new[] { 100, 10, 0 }.Select(interval => (interval == 0 ? "idempotent" : $"commit every {interval} ms",
                    (Func<IReadOnlyDictionary<string, double>>)(() => TransactionRuns.Throughput(target, TimeSpan.FromSeconds(5 * _scale), 1024, interval == 0 ? null : TimeSpan.FromMilliseconds(interval)))))]);
    }

    /// <summary>Start after SIGKILL with many transactional ids and committed offsets.</summary>
    void Coordinators()
    {
        var (ids, open, offsets) = ((int)(100_000 * _scale), (int)(1000 * _scale), (int)(1_000_000 * _scale));
        Comparison.Run($"start after SIGKILL with {ids:#,0} transactional ids, {open:#,0} of them open, and {offsets:#,0} committed offsets", _rounds,
            [.. new[] { "disk" }.Select(flush => Target.Semel(_root, flush)).Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => CoordinatorRecoveryRun.Measure(target, ids, open, offsets))))]);
    }

    void Offsets() => Comparison.Run("offsets committed by 100 groups", _rounds,
        [.. Targets().Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => TransactionRuns.Offsets(target, 100, TimeSpan.FromSeconds(10 * _scale)))))]);

    /// <summary>The broker inside a test: ready in a fresh process, which has to compile it, and from the second on.</summary>
    void InProcess() => Comparison.Run("InProcessBroker.StartAsync", _rounds, [("fresh process", InProcessRun.Measure)]);
}
