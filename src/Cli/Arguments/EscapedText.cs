using System.Globalization;
using System.Text;

namespace Semel.Cli.Arguments;

/// <summary>Separators as one types them in a shell: \t, \n, \r, \0, \\ and \xHH stand for the byte they name.</summary>
public static class EscapedText
{
    /// <exception cref="CommandException">A backslash with something else behind it.</exception>
    public static byte[] Bytes(string text, string option)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') bytes.Add(Escape(text, option, ref i));
            else
            {
                var length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
            }
        }
        return [.. bytes];
    }

    static byte Escape(string text, string option, ref int i)
    {
        var next = i + 1 < text.Length ? text[++i] : '\0';
        if (next == 'x' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            i += 2;
            return value;
        }
        return next switch
        {
            't' => (byte)'\t',
            'n' => (byte)'\n',
            'r' => (byte)'\r',
            '0' => 0,
            '\\' => (byte)'\\',
            _ => throw CommandException.Usage($"{option} is '{text}', but a backslash must be followed by t, n, r, 0, x and two hex digits, or another backslash."),
        };
    }
}
