using System.Buffers.Binary;
using System.Text;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// What a log's folder says about itself. The identity tells one incarnation of a name from the next, so that the journal's bytes of a deleted log
/// never reach a new one of its name. Without it a log cannot be opened, and after a crash the store not either: so it is written twice, each time into a
/// block of its own, and one of them is enough.
/// </summary>
/// <param name="Identity">Random, never 0.</param>
/// <param name="StartOffset">The first offset kept.</param>
sealed record LogDescriptor(ulong Identity, long StartOffset, string Name)
{
    const uint FileMagic = 0x534C4F47;
    const int Version = 2;
    const string FileName = "log.descriptor";
    const int NameAt = 16, BlockSize = 4096, Blocks = 2;

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
        var block = CheckedContent.Frame(FileMagic, Version, content);
        return [.. block, .. block];
    }

    /// <summary>False when one of the two blocks was damaged or missing: <see cref="Replace"/> mends that.</summary>
    public bool IsWhole { get; private init; } = true;

    /// <exception cref="LogDamagedException">It is missing, or both blocks are damaged.</exception>
    public static LogDescriptor Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (File.GetAttributes(folder).HasFlag(FileAttributes.ReparsePoint)) throw new LogDamagedException($"{folder} is a link where a folder of the log must be");
        if (!File.Exists(path)) throw new LogDamagedException($"the file {path} is missing: restore it, or remove the folder if the log is not wanted");
        var blocks = File.ReadAllBytes(path).Chunk(BlockSize).Select(Decode).ToList();
        var sound = blocks.Find(block => block is not null) ?? throw new LogDamagedException($"the file {path} is damaged (its CRC, length or version is wrong): restore it");
        return sound with { IsWhole = blocks.Count == Blocks && !blocks.Contains(null) };
    }

    static LogDescriptor? Decode(byte[] block) => CheckedContent.Unframe(FileMagic, Version, block) is not { Length: > NameAt } content ? null : new LogDescriptor(
        BinaryPrimitives.ReadUInt64BigEndian(content.Span),
        BinaryPrimitives.ReadInt64BigEndian(content.Span[8..]),
        Encoding.UTF8.GetString(content.Span[NameAt..]).TrimEnd('\0'));
}
