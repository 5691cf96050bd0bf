using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// What a log's folder says about itself. The identity tells one incarnation of a name from the next, so that the journal's bytes of a deleted log
/// never reach a new one of its name. Without it a log cannot be opened, and after a crash the store not either: so it is written twice, each time into a
/// block of its own, and one of them is enough.
/// </summary>
/// <param name="Identity">Random, never 0.</param>
/// <param name="StartOffset">The first offset kept.</param>
/// <param name="WriterEpoch">Of the last opening that claimed one; 0 when none did.</param>
sealed record LogDescriptor(ulong Identity, long StartOffset, string Name, int WriterEpoch = 0)
{
    const uint FileMagic = 0x534C4F47;
    /// <summary>Without a writer epoch it is as programs before it wrote and read it.</summary>
    const int Version = 2, VersionWithEpoch = 3;
    const string FileName = "log.descriptor";
    const int NameAt = 16, EpochAt = 1024, BlockSize = 4096, Blocks = 2;

    /// <summary>For one more opening that claims the log.</summary>
    /// <exception cref="LogStoreException">There were as many as can be counted.</exception>
    public LogDescriptor WithNextWriter() => WriterEpoch < int.MaxValue ? this with { WriterEpoch = WriterEpoch + 1 } : throw new LogStoreException($"the log {Name} was claimed {WriterEpoch} times and cannot be claimed again");

    /// <summary>Replaces it, durably.</summary>
    public void Replace(string folder, IForce force, CrashPoints points) =>
        AtomicFile.Replace(Path.Combine(folder, FileName), Encode(), force, points, "log.descriptor");

    /// <summary>Writes it into a folder that nobody knows yet.</summary>
    public void WriteNew(string folder, IForce force)
    {
        var path = Path.Combine(folder, FileName);
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, Encode(), 0);
        force.File(file, path);
    }

    byte[] Encode()
    {
        var content = new byte[BlockSize - CheckedContent.FrameSize];
        BinaryPrimitives.WriteUInt64BigEndian(content, Identity);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(8), StartOffset);
        Encoding.UTF8.GetBytes(Name, content.AsSpan(NameAt));
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(EpochAt), WriterEpoch);
        var block = CheckedContent.Frame(FileMagic, WriterEpoch > 0 ? VersionWithEpoch : Version, content);
        return [.. block, .. block];
    }

    /// <summary>False when one of the two blocks was damaged or missing: <see cref="Replace"/> mends that.</summary>
    public bool IsWhole { get; private init; } = true;

    /// <exception cref="LogDamagedException">It is missing, or neither block can be read and is sound.</exception>
    /// <exception cref="LogStoreException">This user may not read it.</exception>
    public static LogDescriptor Read(string folder, IRead read)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (File.GetAttributes(folder).HasFlag(FileAttributes.ReparsePoint)) throw new LogDamagedException($"{folder} is a link where a folder of the log must be");
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            var reason = "its CRC, length or version is wrong";
            var blocks = Enumerable.Range(0, Blocks).Select(number => ReadBlock(file, path, number, length, read, ref reason)).ToList();
            var sound = blocks.Find(block => block is not null) ?? throw new LogDamagedException($"the file {path} is damaged ({reason}): restore it from a copy");
            return sound with { IsWhole = length == Blocks * BlockSize && !blocks.Contains(null) };
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LogDamagedException($"the file {path} is missing: restore it from a copy");
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the file {path} cannot be read by this user, so nobody knows whether it is sound: {denied.Message} Give this user the right to read and write what is in {folder}.", denied);
        }
    }

    static LogDescriptor? ReadBlock(SafeFileHandle file, string path, int number, long length, IRead read, ref string reason)
    {
        var block = new byte[BlockSize];
        try
        {
            return read.UpToEnd(file, path, block, number * BlockSize, length) == BlockSize ? Decode(block) : null;
        }
        catch (ReadFailedException unreadable)
        {
            reason = unreadable.Message;
            return null;
        }
    }

    static LogDescriptor? Decode(byte[] block)
    {
        if (CheckedContent.Unframe(FileMagic, VersionWithEpoch, block) is { Length: > EpochAt + sizeof(int) } content)
            return Decode(content.Span, content.Span[NameAt..EpochAt], BinaryPrimitives.ReadInt32BigEndian(content.Span[EpochAt..]));
        return CheckedContent.Unframe(FileMagic, Version, block) is { Length: > NameAt } plain ? Decode(plain.Span, plain.Span[NameAt..], writerEpoch: 0) : null;
    }

    static LogDescriptor Decode(ReadOnlySpan<byte> content, ReadOnlySpan<byte> name, int writerEpoch) => new(
        BinaryPrimitives.ReadUInt64BigEndian(content),
        BinaryPrimitives.ReadInt64BigEndian(content[8..]),
        Encoding.UTF8.GetString(name).TrimEnd('\0'),
        writerEpoch);
}
