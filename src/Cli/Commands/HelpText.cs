using System.Text;
using Semel.Cli.Arguments;
using Semel.Cli.Output;

namespace Semel.Cli.Commands;

/// <summary>Help as text, made from the same tables that the parser uses, so that it cannot be wrong about what exists.</summary>
public static class HelpText
{
    const int Width = 110, HelpColumn = 34, CommandColumn = 36;

    public static void Overview(OutputText output)
    {
        output.WriteLine("semel - a broker that speaks the Kafka protocol and stores every record exactly once");
        output.WriteLine();
        output.WriteLine("Usage: semel COMMAND [options]");
        output.WriteLine();
        output.WriteLine("Commands:");
        foreach (var command in CommandTable.All) Entry(output, command.Syntax.Name, command.Syntax.Summary, CommandColumn);
        output.WriteLine();
        output.WriteLine("Begin with:");
        output.WriteLine("  semel demo                           see what is lost and doubled without idempotence, and with it");
        output.WriteLine("  semel serve                          start a broker on this machine");
        output.WriteLine("  echo hello | semel produce -t first  send a record to it");
        output.WriteLine("  semel consume -t first --exit-at-end read it back");
        output.WriteLine();
        output.WriteLine("'semel help COMMAND' explains a command, 'semel help exit-codes' the exit codes.");
        output.WriteLine("Options known from Kafka's console tools and from kcat are understood where they mean the same.");
    }

    public static void Group(string group, OutputText output)
    {
        output.WriteLine($"Usage: semel {group} COMMAND [options]");
        output.WriteLine();
        foreach (var command in CommandTable.InGroup(group)) Entry(output, command.Syntax.Name, command.Syntax.Summary, CommandColumn);
        output.WriteLine();
        output.WriteLine($"'semel help {group} COMMAND' explains one of them.");
    }

    public static void Of(Syntax syntax, OutputText output)
    {
        output.WriteLine($"semel {syntax.Name} - {syntax.Summary}");
        output.WriteLine();
        output.WriteLine($"Usage: {Usage(syntax)}");
        if (syntax.ShortForm is { } shortForm) output.WriteLine($"       (also: semel {shortForm})");
        var shown = syntax.Options.Where(option => !option.Hidden && option.Refusal is null).ToList();
        if (syntax.Operands.AtMost > 0 || shown.Count > 0) output.WriteLine();
        if (syntax.Operands.AtMost > 0) Entry(output, syntax.Operands.Name, syntax.Operands.Help, HelpColumn);
        foreach (var option in shown) Entry(output, Heading(option), Explanation(option), HelpColumn);
        foreach (var note in syntax.Notes)
        {
            output.WriteLine();
            foreach (var line in Wrapped(note, Width)) output.WriteLine(line);
        }
        if (syntax.Examples.Count > 0) output.WriteLine("\nExamples:");
        foreach (var example in syntax.Examples) output.WriteLine($"  {example}");
    }

    public static void WriteExitCodes(OutputText output)
    {
        output.WriteLine("Exit codes:");
        foreach (var (code, meaning) in ExitCodes.All) Entry(output, $"{(int)code,3}", meaning, 8);
    }

    static string Usage(Syntax syntax)
    {
        var usage = new StringBuilder($"semel {syntax.Name}");
        foreach (var option in syntax.Options.Where(option => option.Required)) usage.Append($" {option.Name} {option.Value}");
        if (syntax.Options.Any(option => !option.Required && option.Refusal is null)) usage.Append(" [options]");
        if (syntax.Operands.AtMost == 0) return usage.ToString();
        var name = syntax.Operands.AtMost > 1 ? syntax.Operands.Name + "..." : syntax.Operands.Name;
        return usage.Append(syntax.Operands.AtLeast > 0 ? $" {name}" : $" [{name}]").ToString();
    }

    static string Heading(Option option)
    {
        var letters = option.Spellings.Where(spelling => spelling.Length == 2);
        var words = option.Spellings.Where(spelling => spelling.Length > 2).Take(1);
        return string.Join(", ", letters.Concat(words)) + (option.Value is { } value ? " " + value : "");
    }

    static string Explanation(Option option)
    {
        var text = new StringBuilder(option.Help);
        if (option.Default is { } value) text.Append($" (default: {value})");
        if (option.Repeats) text.Append("; may be repeated");
        var others = option.Aliases.Where(alias => alias.Length > 2).ToList();
        if (option.Name.Length == 2) others = [.. others.Skip(1)];
        if (others.Count > 0) text.Append($" [also {string.Join(", ", others)}]");
        return text.ToString();
    }

    static void Entry(OutputText output, string heading, string text, int column)
    {
        var lines = Wrapped(text, Width - column).ToList();
        var first = $"  {heading}";
        if (first.Length + 2 > column)
        {
            output.WriteLine(first);
            first = "";
        }
        foreach (var line in lines)
        {
            output.WriteLine(first.PadRight(column) + line);
            first = "";
        }
    }

    static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            if (line.Length > 0) line.Append(' ');
            line.Append(word);
        }
        yield return line.ToString();
    }
}
