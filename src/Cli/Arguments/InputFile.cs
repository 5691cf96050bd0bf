using Semel.Cli.Output;

namespace Semel.Cli.Arguments;

/// <summary>
/// Reads files that a user names. Any of them may be a pipe: then opening waits for its writer and reading for what that writes, and the operating system
/// takes neither back. So both happen on another thread, which is left behind when the user wants to end.
/// </summary>
public static class InputFile
{
    /// <param name="name">As the user wrote it; '-' is standard input and not asked about.</param>
    /// <returns>Where the file is.</returns>
    /// <exception cref="CommandException">There is no such file.</exception>
    public static string PathOf(string name, Terminal terminal)
    {
        var path = terminal.FullPath(name);
        if (name != "-" && !File.Exists(path)) throw CommandException.Usage(Directory.Exists(path) ? $"{name} is a folder, not a file." : $"there is no file {name}.");
        return path;
    }

    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static async Task<FileStream> OpenAsync(string path, CancellationToken stop)
    {
        var opening = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1), CancellationToken.None);
        try
        {
            return await opening.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(static opened => opened.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <inheritdoc cref="OpenAsync"/>
    public static string ReadAllText(string path, CancellationToken stop) => Task.Run(() => File.ReadAllText(path), CancellationToken.None).WaitAsync(stop).GetAwaiter().GetResult();
}
