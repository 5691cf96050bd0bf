using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Which files hold a log below an offset, once parts of it have been replaced: the list that a replacement exchanges in one step. What is not in it and lies below that offset is not the log's.
/// It also says where each part ends and how long its file is, because a gap at a part's end looks like bytes that were lost. A log of which nothing was ever replaced has none.
/// <para>Without it nobody can tell which files count, so it is written twice, each time into blocks of its own, and one of the two is enough.</para>
/// </summary>
/// <param name="Log">The identity of the log.</param>
/// <param name="SettledTo">Every part below this offset is in the list and was forced: neither the journal nor a scan is needed for it.</param>
/// <param name="NextGeneration">Of the next replacement. Files of this one or a later one are what a crash left of a replacement that never was.</param>
/// <param name="Parts">In order. Those below the log's start may be gone.</param>
/// <param name="Replaced">Files that the last replacement took the place of, which may not have been removed yet.</param>
sealed record PartsFile(ulong Log, long SettledTo, int NextGeneration, IReadOnlyList<Part> Parts, IReadOnlyList<SegmentName> Replaced)
{
    public const string FileName = "log.parts";
    const uint FileMagic = 0x534C5054;
    const int Version = 1, HeaderSize = 28, PartSize = 32, NameSize = 12, BlockSize = 4096;

    /// <summary>Of a log whose parts are about to be replaced for the first time.</summary>
    public static PartsFile First(ulong log) => new(log, 0, 1, [], []);

    /// <summary>False when one of the two copies was damaged or missing: <see cref="Replace"/> mends that.</summary>
    public bool IsWhole { get; private init; } = true;

    /// <summary>Replaces it, durably.</summary>
    public void Replace(string folder, IForce force, CrashPoints points) => AtomicFile.Replace(Path.Combine(folder, FileName), Encode(), force, points, FileName);

    byte[] Encode()
    {
        var content = new byte[HeaderSize + Parts.Count * PartSize + Replaced.Count * NameSize];
        BinaryPrimitives.WriteUInt64BigEndian(content, Log);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(8), SettledTo);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(16), NextGeneration);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(20), Parts.Count);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(24), Replaced.Count);
        var rest = content.AsSpan(HeaderSize);
        foreach (var part in Parts)
        {
            part.Write(rest);
            rest = rest[PartSize..];
        }
        foreach (var name in Replaced)
        {
            BinaryPrimitives.WriteInt64BigEndian(rest, name.BaseOffset);
            BinaryPrimitives.WriteInt32BigEndian(rest[8..], name.Generation);
            rest = rest[NameSize..];
        }
        var framed = CheckedContent.Frame(FileMagic, Version, content);
        var copy = (framed.Length + BlockSize - 1) / BlockSize * BlockSize;
        var file = new byte[2 * copy];
        framed.CopyTo(file, 0);
        framed.CopyTo(file, copy);
        return file;
    }

    /// <returns>Null when there is no such file: nothing was ever replaced.</returns>
    /// <exception cref="LogDamagedException">Neither copy can be read and is sound, or it is another log's.</exception>
    /// <exception cref="LogStoreException">This user may not read it.</exception>
    public static PartsFile? Read(string folder, ulong log, IRead read)
    {
        var path = Path.Combine(folder, FileName);
        // Nearly every log has none, and an exception for each of ten thousand would be felt.
        if (!File.Exists(path)) return null;
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            var reason = "its CRC, length or version is wrong";
            var copies = new[] { ReadCopy(file, path, 0, length, read, ref reason), ReadCopy(file, path, SecondCopy(file, path, length, read), length, read, ref reason) };
            var sound = Array.Find(copies, static copy => copy is not null) ?? throw new LogDamagedException($"the file {path} is damaged ({reason}): without it nobody knows which files hold the log; restore it from a copy");
            if (sound.Log != log) throw new LogDamagedException($"the file {path} says that it is of another log: put the right one back");
            return sound with { IsWhole = Array.TrueForAll(copies, copy => copy is not null && copy.NextGeneration == sound.NextGeneration) };
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the file {path} cannot be read by this user: {denied.Message} Give this user the right to read and write what is in {folder}.", denied);
        }
    }

    /// <summary>Where the second copy begins: by the length that the first gives, else in the middle.</summary>
    static long SecondCopy(SafeFileHandle file, string path, long length, IRead read)
    {
        var head = new byte[CheckedContent.FrameSize];
        try
        {
            if (read.UpToEnd(file, path, head, 0, length) == head.Length && CheckedContent.SizeOf(head) is { } size && CheckedContent.HasMagic(FileMagic, head)) return (size + (long)BlockSize - 1) / BlockSize * BlockSize;
        }
        catch (ReadFailedException)
        {
            // The middle it is.
        }
        return length / 2 / BlockSize * BlockSize;
    }

    static PartsFile? ReadCopy(SafeFileHandle file, string path, long position, long length, IRead read, ref string reason)
    {
        try
        {
            var head = new byte[CheckedContent.FrameSize];
            if (read.UpToEnd(file, path, head, position, length) < head.Length || CheckedContent.SizeOf(head) is not { } size || size > length - position) return null;
            var framed = new byte[size];
            read.Exactly(file, path, framed, position);
            return CheckedContent.Unframe(FileMagic, Version, framed) is { } content ? Decode(content.Span) : null;
        }
        catch (ReadFailedException unreadable)
        {
            reason = unreadable.Message;
            return null;
        }
    }

    static PartsFile? Decode(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderSize) return null;
        var (parts, replaced) = (BinaryPrimitives.ReadInt32BigEndian(content[20..]), BinaryPrimitives.ReadInt32BigEndian(content[24..]));
        if (parts < 0 || replaced < 0 || content.Length != HeaderSize + (long)parts * PartSize + (long)replaced * NameSize) return null;
        var (list, names) = (new Part[parts], new SegmentName[replaced]);
        var rest = content[HeaderSize..];
        for (var at = 0; at < parts; at++, rest = rest[PartSize..]) list[at] = Part.Read(rest);
        for (var at = 0; at < replaced; at++, rest = rest[NameSize..]) names[at] = new SegmentName(BinaryPrimitives.ReadInt64BigEndian(rest), BinaryPrimitives.ReadInt32BigEndian(rest[8..]));
        return new PartsFile(BinaryPrimitives.ReadUInt64BigEndian(content), BinaryPrimitives.ReadInt64BigEndian(content[8..]), BinaryPrimitives.ReadInt32BigEndian(content[16..]), list, names);
    }

    /// <summary>What a file of the log's folder is, by its name.</summary>
    public static FileRole RoleOf(SegmentName name, PartsFile? parts)
    {
        if (parts is null || name.BaseOffset >= parts.SettledTo) return name.Generation == 0 ? FileRole.Part : parts is not null && name.Generation >= parts.NextGeneration ? FileRole.Leftover : FileRole.Unknown;
        if (parts.Parts.Any(part => part.Name == name)) return FileRole.Part;
        return name.Generation >= parts.NextGeneration || parts.Replaced.Contains(name) ? FileRole.Leftover : FileRole.Unknown;
    }
}

/// <summary>What a segment's file in a log's folder is.</summary>
enum FileRole : byte
{
    Part,
    /// <summary>Of a replacement that never was, or replaced: it goes.</summary>
    Leftover,
    /// <summary>Somebody put it there, or the list of parts is an old one.</summary>
    Unknown,
}

/// <summary>One part below the offset up to which the list of parts knows the log.</summary>
/// <param name="Print">Its range, which is closed, and the length and head of its file.</param>
/// <param name="Generation">Which replacement made it; 0 when it lies as it was appended.</param>
readonly record struct Part(SegmentPrint Print, int Generation)
{
    public SegmentName Name => new(Print.BaseOffset, Generation);

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, Print.BaseOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], Print.EndOffset);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], Print.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes[20..], Generation);
        BinaryPrimitives.WriteInt32BigEndian(bytes[24..], Print.Head is null ? 0 : 1);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[28..], Print.Head ?? 0);
    }

    public static Part Read(ReadOnlySpan<byte> bytes) => new(
        new SegmentPrint(
            BinaryPrimitives.ReadInt64BigEndian(bytes),
            BinaryPrimitives.ReadInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[24..]) == 0 ? null : BinaryPrimitives.ReadUInt32BigEndian(bytes[28..])),
        BinaryPrimitives.ReadInt32BigEndian(bytes[20..]));
}
