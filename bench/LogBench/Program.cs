using Semel.LogBench;

if (args.Length == 0)
{
    Console.WriteLine("""
        LogBench MEASUREMENT [--dir FOLDER] [--seconds N] [--rounds N]
          forced    mechanisms that make one batch in each of n logs durable, raw [--sizes LOGSxKIB,...]
          append    the engine: latency and throughput of appends by n logs at once [--sizes LOGSxKIB,...]
          recover   opening a store after a kill [--sizes LOGSxKIB,...]
          read      reading one log from its start to its end
        """);
    return 2;
}
var options = BenchOptions.Parse(args[1..]);
switch (args[0])
{
    case "forced": ForcedWrites.Run(options); return 0;
    case "append": await Appends.Run(options); return 0;
    case "recover": await Recoveries.Run(options); return 0;
    case "read": await Reads.Run(options); return 0;
    default: Console.Error.WriteLine($"unknown measurement: {args[0]}"); return 2;
}
