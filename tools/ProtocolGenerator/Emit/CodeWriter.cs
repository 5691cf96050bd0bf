using System.Text;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>C# text with its indentation. Lines end in a line feed on every system, so that the same schemas give the same bytes.</summary>
public sealed class CodeWriter(int depth = 0)
{
    readonly StringBuilder _text = new();
    int _depth = depth;

    public int Depth => _depth;

    public void Line(string text = "")
    {
        if (text.Length > 0) _text.Append(' ', 4 * _depth).Append(text);
        _text.Append('\n');
    }

    public void Open(string? head = null)
    {
        if (head is not null) Line(head);
        Line("{");
        _depth++;
    }

    public void Close(string tail = "")
    {
        _depth--;
        Line("}" + tail);
    }

    /// <summary>Lines that were written apart, at this writer's depth.</summary>
    public void Append(CodeWriter lines) => _text.Append(lines._text);

    public override string ToString() => _text.ToString();
}
