using Semel.Protocol;

namespace Semel.Cli.Arguments;

/// <summary>
/// Reads a command line by the table of its options. Understood are `--name value`, `--name=value`, `-n value`, `-nvalue`, switches of one letter
/// written together (`-eJ`), and `--`, after which everything is an operand. A value may begin with a dash (`-o -5`) unless it is an option's name.
/// What stands behind a letter is the value as it is, an equals sign, too (`-K=` is the separator "="): so getopt reads it, and kcat with it.
/// </summary>
public static class ArgumentParser
{
    /// <param name="byLetter">See <see cref="ParsedArguments.ByLetter"/>.</param>
    /// <exception cref="CommandException">With <see cref="ExitCode.Usage"/>: names the argument and what to write in its place.</exception>
    public static ParsedArguments Parse(Syntax syntax, IReadOnlyList<string> arguments, bool byLetter = false)
    {
        var bySpelling = syntax.Options.SelectMany(option => option.Spellings.Select(spelling => (spelling, option))).ToDictionary(pair => pair.spelling, pair => pair.option);
        var parsed = new ParsedArguments(syntax) { ByLetter = byLetter };
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                parsed.Operands.AddRange(arguments.Skip(i + 1));
                break;
            }
            if (argument.Length < 2 || argument[0] != '-')
            {
                parsed.Operands.Add(argument);
                continue;
            }
            ReadOption(parsed, bySpelling, arguments, ref i);
        }
        Check(parsed);
        return parsed;
    }

    static void ReadOption(ParsedArguments parsed, Dictionary<string, Option> bySpelling, IReadOnlyList<string> arguments, ref int i)
    {
        var argument = arguments[i];
        if (bySpelling.TryGetValue(argument, out var option))
        {
            parsed.Add(option, argument, option.TakesValue ? NextValue(parsed, bySpelling, arguments, ref i) : null);
            return;
        }
        if (argument[1] != '-')
        {
            ReadLetters(parsed, bySpelling, arguments, ref i);
            return;
        }
        var equals = argument.IndexOf('=');
        if (equals > 0 && bySpelling.TryGetValue(argument[..equals], out option))
        {
            AddWithEquals(parsed, option, argument[..equals], argument[(equals + 1)..]);
            return;
        }
        throw Unknown(parsed.Syntax, bySpelling, equals > 0 ? argument[..equals] : argument);
    }

    static void AddWithEquals(ParsedArguments parsed, Option option, string spelling, string value)
    {
        if (option.TakesValue) parsed.Add(option, spelling, value);
        else if (value == "true") parsed.Add(option, spelling, null);
        else if (value != "false") throw CommandException.Usage($"{spelling} takes no value, but '{value}' was given.", $"Write {spelling} alone, or leave it out.");
    }

    static void ReadLetters(ParsedArguments parsed, Dictionary<string, Option> bySpelling, IReadOnlyList<string> arguments, ref int i)
    {
        var argument = arguments[i];
        for (var at = 1; at < argument.Length; at++)
        {
            var letter = $"-{argument[at]}";
            if (!bySpelling.TryGetValue(letter, out var option)) throw Unknown(parsed.Syntax, bySpelling, at == 1 ? argument : letter);
            if (option.TakesValue)
            {
                parsed.Add(option, letter, at + 1 < argument.Length ? argument[(at + 1)..] : NextValue(parsed, bySpelling, arguments, ref i));
                return;
            }
            if (at + 1 < argument.Length && argument[at + 1] == '=')
            {
                AddWithEquals(parsed, option, letter, argument[(at + 2)..]);
                return;
            }
            parsed.Add(option, letter, null);
        }
    }

    static string NextValue(ParsedArguments parsed, Dictionary<string, Option> bySpelling, IReadOnlyList<string> arguments, ref int i)
    {
        var spelling = arguments[i];
        if (bySpelling[spelling].ValueIsOptional && (i + 1 >= arguments.Count || arguments[i + 1].StartsWith('-'))) return "";
        if (i + 1 >= arguments.Count) throw CommandException.Usage($"{spelling} needs a value.", See(parsed.Syntax));
        var value = arguments[i + 1];
        if (bySpelling.ContainsKey(value))
            throw CommandException.Usage($"{spelling} needs a value, but the option {value} follows it.", $"If '{value}' is the value, write {spelling}{(spelling.StartsWith("--", StringComparison.Ordinal) ? "=" : "")}{value}.");
        i++;
        return value;
    }

    static CommandException Unknown(Syntax syntax, Dictionary<string, Option> bySpelling, string argument)
    {
        var known = bySpelling.Where(pair => !pair.Value.Hidden && pair.Value.Refusal is null).Select(pair => pair.Key);
        return CommandException.Usage($"'semel {syntax.Name}' has no option {argument}.", NearestName.Question(argument, known) ?? See(syntax));
    }

    static void Check(ParsedArguments parsed)
    {
        var syntax = parsed.Syntax;
        var operands = syntax.Operands;
        var missing = syntax.Options.FirstOrDefault(option => option.Required && !parsed.Has(option));
        if (parsed.Operands.Count < operands.AtLeast) throw CommandException.Usage($"'semel {syntax.Name}' needs {operands.Name}: {operands.Help}.", See(syntax));
        if (parsed.Operands.Count > operands.AtMost)
            throw CommandException.Usage(
                operands.AtMost == 0
                    ? $"'semel {syntax.Name}' takes options only, but '{parsed.Operands[0]}' was given."
                    : $"'semel {syntax.Name}' takes at most {operands.AtMost} {operands.Name}, but '{parsed.Operands[operands.AtMost]}' was given as well.",
                missing is not null ? $"Write {missing.Name} {parsed.Operands[0]}." : NearestName.Question("--" + parsed.Operands[^1], syntax.Options.Select(option => option.Name)) ?? See(syntax));
        if (missing is not null) throw CommandException.Usage($"'semel {syntax.Name}' needs {missing.Name} {missing.Value}.", See(syntax));
    }

    static string See(Syntax syntax) => $"See 'semel help {syntax.Name}'.";
}
