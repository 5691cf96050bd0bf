using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Cli.Produce;

namespace Semel.Cli.Demo;

/// <summary>Where the demonstration's lines come from: a file, or made from the seed. Both runs read it from its beginning.</summary>
public sealed record LineSource(string? Path, int Count, long Seed)
{
    public Stream Open() => Path is null ? new GeneratedLines(Count, Seed) : new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);

    /// <summary>The lines are needed three times, and a pipe gives them once: its bytes are copied into the folder first.</summary>
    /// <param name="name">A path, or '-' for standard input.</param>
    /// <returns>The path of a file that can be read again and again.</returns>
    /// <exception cref="CommandException">There is no such file, or it cannot be read.</exception>
    public static async Task<string> ReadableAgainAsync(string name, Terminal terminal, TemporaryFolder folder, CancellationToken stop)
    {
        var path = InputFile.PathOf(name, terminal);
        try
        {
            await using var opened = name == "-" ? null : await InputFile.OpenAsync(path, stop).ConfigureAwait(false);
            if (opened is { CanSeek: true }) return path;
            var copy = System.IO.Path.Combine(folder.Path, "lines");
            await using var written = File.Create(copy);
            // A read of a terminal or a pipe cannot be called back: when the user interrupts, it is left behind.
            await (opened ?? terminal.Input).CopyToAsync(written, CancellationToken.None).WaitAsync(stop).ConfigureAwait(false);
            return copy;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"the file {name} cannot be read: {failure.Message}");
        }
    }

    /// <summary>How many lines there are.</summary>
    /// <exception cref="CommandException">The file cannot be read.</exception>
    public async Task<long> CountAsync(CancellationToken stop)
    {
        if (Path is null) return Count;
        try
        {
            await using var stream = Open();
            var lines = Lines(stream);
            while (await lines.ReadAsync(stop).ConfigureAwait(false) is not null) ;
            return lines.LineCount;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"the file {Path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>In bytes: a record with it fits into the largest request of the client as it is configured here.</summary>
    const int LongestLine = 900_000;

    public static LineReader Lines(Stream stream) => new(stream, "\n"u8.ToArray(), LongestLine, "The demonstration takes no longer ones: split it, or give it another file.");
}
