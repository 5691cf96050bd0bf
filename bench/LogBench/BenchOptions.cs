namespace Semel.LogBench;

/// <summary>Where to measure and for how long a single figure.</summary>
sealed record BenchOptions(string Directory, TimeSpan Duration, int Rounds, (int Logs, int Bytes)[] Sizes, bool Keep)
{
    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions(Path.Combine(Path.GetTempPath(), "semel-logbench"), TimeSpan.FromSeconds(1), 3, [], Keep: false);
        for (var at = 0; at + 1 < args.Length; at += 2)
        {
            options = args[at] switch
            {
                "--dir" => options with { Directory = args[at + 1] },
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(double.Parse(args[at + 1])) },
                "--rounds" => options with { Rounds = int.Parse(args[at + 1]) },
                "--sizes" => options with { Sizes = [.. args[at + 1].Split(',').Select(size => size.Split('x')).Select(size => (int.Parse(size[0]), int.Parse(size[1]) << 10))] },
                "--keep" => options with { Keep = bool.Parse(args[at + 1]) },
                _ => throw new ArgumentException($"unknown option: {args[at]}"),
            };
        }
        return options;
    }

    public (int Logs, int Bytes)[] SizesOr(params (int Logs, int KiB)[] usual) => Sizes.Length > 0 ? Sizes : [.. usual.Select(size => (size.Logs, size.KiB << 10))];

    public string NewFolder(string name)
    {
        var folder = Path.Combine(Directory, name);
        if (System.IO.Directory.Exists(folder)) System.IO.Directory.Delete(folder, recursive: true);
        System.IO.Directory.CreateDirectory(folder);
        return folder;
    }

    public void Remove(string folder)
    {
        if (!Keep) System.IO.Directory.Delete(folder, recursive: true);
    }
}
