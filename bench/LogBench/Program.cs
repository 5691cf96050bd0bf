using Semel.LogBench;

if (args.Length == 0)
{
    Console.WriteLine("LogBench forced|append|recover|read [--dir FOLDER] [--seconds N]");
    return 2;
}
var options = BenchOptions.Parse(args[1..]);
switch (args[0])
{
    case "forced": ForcedWrites.Run(options); return 0;
    default: Console.Error.WriteLine($"unknown measurement: {args[0]}"); return 2;
}
