using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Semel.Cli.Arguments;
using Semel.Cli.Output;

namespace Semel.Cli.Consume;

/// <summary>
/// kcat's format string: %s value, %S its length (-1 for null), %R the same as four bytes, %k key, %K its length, %t topic, %p partition, %o offset,
/// %T timestamp, %h headers, %% a percent sign; \n, \t, \r, \0 and \xHH as in separators.
/// </summary>
public sealed class PatternFormat : IRecordFormat
{
    readonly List<(char Kind, byte[] Text)> _parts = [];
    readonly byte[] _nullText;

    /// <summary>As it was given.</summary>
    public string Pattern { get; }

    /// <param name="nullText">What stands for a null key or value.</param>
    /// <exception cref="CommandException">An unknown letter behind a percent sign.</exception>
    public PatternFormat(string pattern, byte[] nullText)
    {
        (Pattern, _nullText) = (pattern, nullText);
        var text = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                text.Append(pattern[i]);
                continue;
            }
            var kind = i + 1 < pattern.Length ? pattern[++i] : ' ';
            if (!"sSRkKtpoTh%".Contains(kind)) throw CommandException.Usage($"--format is '{pattern}', but %{kind} is not known.", "Known are %s %S %R %k %K %t %p %o %T %h and %%.");
            AddText(text);
            _parts.Add((kind, []));
        }
        AddText(text);
    }

    public void Write(OutputText output, in ShownRecord record)
    {
        foreach (var (kind, text) in _parts) WritePart(output, kind, text, record);
    }

    void WritePart(OutputText output, char kind, byte[] text, in ShownRecord record)
    {
        switch (kind)
        {
            case '\0': output.Write(text); break;
            case '%': output.Write("%"u8); break;
            case 's': output.Write(record.ValueIsNull ? _nullText : record.Value); break;
            case 'k': output.Write(record.KeyIsNull ? _nullText : record.Key); break;
            case 'S': WriteNumber(output, record.ValueIsNull ? -1 : record.Value.Length); break;
            case 'K': WriteNumber(output, record.KeyIsNull ? -1 : record.Key.Length); break;
            case 'R': WriteBinary(output, record.ValueIsNull ? -1 : record.Value.Length); break;
            case 't': output.Write(record.Topic); break;
            case 'p': WriteNumber(output, record.Partition); break;
            case 'o': WriteNumber(output, record.Offset); break;
            case 'T': WriteNumber(output, record.Timestamp); break;
            case 'h': WriteHeaders(output, record); break;
        }
    }

    void WriteHeaders(OutputText output, in ShownRecord record)
    {
        for (var i = 0; i < record.Headers.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            output.Write(record.Headers[i].Key);
            output.Write("="u8);
            output.Write(record.Headers[i].Value is { } value ? value.Span : _nullText);
        }
    }

    void AddText(StringBuilder text)
    {
        if (text.Length > 0) _parts.Add(('\0', EscapedText.Bytes(text.ToString(), "--format")));
        text.Clear();
    }

    static void WriteNumber(OutputText output, long number) => output.Write(number.ToString(CultureInfo.InvariantCulture));

    static void WriteBinary(OutputText output, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        output.Write(bytes);
    }
}
