namespace Semel.LogBench;

/// <summary>Where to measure and for how long a single figure.</summary>
sealed record BenchOptions(string Directory, TimeSpan Duration, int Rounds, (int Logs, int Bytes)[] Sizes)
{
    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions(Path.Combine(Path.GetTempPath(), "semel-logbench"), TimeSpan.FromSeconds(1), 3,
            [(1, 16 << 10), (1, 1 << 20), (8, 16 << 10), (8, 1 << 20), (64, 16 << 10), (64, 1 << 20), (1000, 16 << 10), (1000, 1 << 20)]);
        for (var at = 0; at + 1 < args.Length; at += 2)
        {
            options = args[at] switch
            {
                "--dir" => options with { Directory = args[at + 1] },
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(double.Parse(args[at + 1])) },
                "--rounds" => options with { Rounds = int.Parse(args[at + 1]) },
                "--sizes" => options with { Sizes = [.. args[at + 1].Split(',').Select(size => size.Split('x')).Select(size => (int.Parse(size[0]), int.Parse(size[1]) << 10))] },
                _ => throw new ArgumentException($"unknown option: {args[at]}"),
            };
        }
        return options;
    }

    public string NewFolder(string name)
    {
        var folder = Path.Combine(Directory, name);
        if (System.IO.Directory.Exists(folder)) System.IO.Directory.Delete(folder, recursive: true);
        System.IO.Directory.CreateDirectory(folder);
        return folder;
    }
}
