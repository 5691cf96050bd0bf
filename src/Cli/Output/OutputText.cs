using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Semel.Cli.Output;

/// <summary>
/// Standard output as bytes: records pass through it unchanged, whatever their encoding. Buffered; flush before waiting for anything. Not thread safe.
/// </summary>
public sealed class OutputText(Stream stream) : IDisposable
{
    static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly JsonWriterOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    readonly byte[] _buffer = new byte[64 * 1024];
    readonly ArrayBufferWriter<byte> _jsonBytes = new(512);
    Utf8JsonWriter? _json;
    int _used;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
        {
            Flush();
            if (bytes.Length >= _buffer.Length)
            {
                Send(bytes);
                return;
            }
        }
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    public void Write(ReadOnlySpan<char> text)
    {
        while (text.Length > 0)
        {
            // Three bytes are the most that one UTF-16 unit needs.
            var room = (_buffer.Length - _used) / 3;
            if (room < 2)
            {
                Flush();
                continue;
            }
            var take = Math.Min(room, text.Length);
            if (take < text.Length && char.IsHighSurrogate(text[take - 1])) take--;
            _used += Encoding.UTF8.GetBytes(text[..take], _buffer.AsSpan(_used));
            text = text[take..];
        }
    }

    public void WriteLine(ReadOnlySpan<char> text = default)
    {
        Write(text);
        Write("\n"u8);
    }

    /// <summary>One JSON value on one line: for streams.</summary>
    public void WriteJsonLine(Action<Utf8JsonWriter> write)
    {
        write(BeginJsonLine());
        EndJsonLine();
    }

    /// <summary>The writer for the next line of JSON; <see cref="EndJsonLine"/> puts the line out.</summary>
    public Utf8JsonWriter BeginJsonLine() => _json ??= new Utf8JsonWriter(_jsonBytes, Compact);

    public void EndJsonLine()
    {
        _json!.Flush();
        Write(_jsonBytes.WrittenSpan);
        Write("\n"u8);
        _jsonBytes.ResetWrittenCount();
        _json.Reset();
    }

    /// <summary>One JSON value, indented: for an answer that is whole.</summary>
    public void WriteJson(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, Indented)) write(json);
        Write(bytes.WrittenSpan);
        Write("\n"u8);
    }

    public void Flush()
    {
        if (_used == 0) return;
        var used = _used;
        _used = 0;
        Send(_buffer.AsSpan(0, used));
        stream.Flush();
    }

    public void Dispose() => Flush();

    void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (IOException failure) when (IsReaderGone(failure))
        {
            throw new OutputClosedException(failure);
        }
        // A device that is full, or an output that was never open: what is missing there must not pass for success.
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"standard output cannot be written: {failure.Message}", "What was printed is not whole. Make room, or send it elsewhere.", failure);
        }
    }

    /// <summary>EPIPE on Unix, ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows.</summary>
    static bool IsReaderGone(IOException failure) => OperatingSystem.IsWindows() ? (failure.HResult & 0xFFFF) is 109 or 232 : failure.HResult == 32;
}

/// <summary>Whoever read our output has gone, as `head` does when it has enough. Nothing is wrong; there is only nobody left to write for.</summary>
public sealed class OutputClosedException(IOException inner) : IOException("Standard output is closed.", inner);
