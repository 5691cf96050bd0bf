using System.Globalization;
using Semel.BrokerBench;
using Semel.ClientBench;

// Measures our client beside Confluent.Kafka on the same broker, the native semel with forced writes, in interleaved rounds: ./bench/compare --client
//   [--before FOLDER]  a checkout whose client is measured as well
//   [--only PART]      produce, awaited, consume, consume-spans, raw, pipeline; with -100 or -1024 behind it for one size of record
//   [--rounds N] [--quick | --scale X] [--seconds N (most of a part)] [--broker PROGRAM] [--port N]
if (args.FirstOrDefault() == "run")
{
    var work = Workload.Parse(args);
    using var samples = Environment.GetEnvironmentVariable("BENCH_ALLOCATIONS") == "1" ? new AllocationSamples() : null;
    Console.WriteLine(await (work.Client == "ours" ? OurRuns.RunAsync(work) : ConfluentRuns.RunAsync(work)));
    samples?.Print();
    return 0;
}
if (Option("--before") is { } folder && !File.Exists(Path.Combine(folder, "src", "Client", "Semel.Client.csproj")))
{
    Console.Error.WriteLine($"--before {folder}: that is no checkout with src/Client");
    return 2;
}
var root = FindUp("Semel.slnx");
var scale = double.Parse(Option("--scale") ?? (args.Contains("--quick") ? "0.2" : "1"), CultureInfo.InvariantCulture);
var rounds = new Rounds(int.Parse(Option("--rounds") ?? "5"), TimeSpan.FromSeconds(int.Parse(Option("--seconds") ?? "60")));
var earlier = Option("--before") is { } before ? EarlierBuild.Make(root, Path.GetFullPath(before)) : null;
using var broker = BrokerProcess.Start(Target.Semel(root, "disk", program: Option("--broker")), partitions: 1, fixedPort: Option("--port") is { } port ? int.Parse(port) : null);
new Comparison(broker, rounds, scale, Option("--only"), typeof(Rounds).Assembly.Location, earlier).Run();
return 0;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

static string FindUp(string what)
{
    for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        if (File.Exists(Path.Combine(folder.FullName, what))) return folder.FullName;
    throw new DirectoryNotFoundException($"no {what} at or above {Environment.CurrentDirectory}");
}
