using System.Text;

namespace Semel.Cli.Output;

/// <summary>Asks a person before something is done that nobody can take back.</summary>
public static class Confirmation
{
    const int LongestAnswer = 100;

    /// <param name="question">Whole lines that say what would be done.</param>
    /// <param name="notDone">What did not happen for want of a yes, a sentence without a full stop.</param>
    /// <exception cref="CommandException">The answer is not yes, or there is nobody to answer.</exception>
    public static void Require(Terminal terminal, string question, string notDone)
    {
        terminal.Output.Flush();
        terminal.Error.Write($"{question} [yes/no] ");
        terminal.Error.Flush();
        var answer = ReadLine(terminal.Input);
        if (answer is null) terminal.Error.WriteLine();
        if (answer is null) throw new CommandException(ExitCode.Usage, $"{notDone}: nobody answered.", "Where nobody can answer, give --yes.");
        if (answer.Trim().ToLowerInvariant() is not ("y" or "yes")) throw new CommandException(ExitCode.Failed, $"{notDone}: it was not confirmed.");
    }

    /// <summary>Byte by byte: what stands behind the line is not this command's.</summary>
    static string? ReadLine(Stream input)
    {
        var line = new StringBuilder();
        for (int next; (next = input.ReadByte()) >= 0;)
        {
            if (next == '\n') return line.ToString();
            if (line.Length < LongestAnswer) line.Append((char)next);
        }
        return line.Length > 0 ? line.ToString() : null;
    }
}
