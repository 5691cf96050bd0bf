namespace Semel.Log.Segments.Device;

/// <summary>Replaces a small file so that after a crash either the old or the new content is there, whole.</summary>
static class AtomicFile
{
    /// <summary>Ends the names of files that a crash left half written; they mean nothing.</summary>
    public const string UnfinishedSuffix = ".unfinished";

    /// <param name="points">Reached as point.before-write, point.before-rename, point.after-rename and point.after-dirsync.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, IForce force, CrashPoints points, string point)
    {
        var unfinished = path + UnfinishedSuffix;
        Write(unfinished, content, force, points, point);
        points.Reached(point + ".before-rename");
        File.Move(unfinished, path, overwrite: true);
        points.Reached(point + ".after-rename");
        force.Directory(Path.GetDirectoryName(path)!);
        points.Reached(point + ".after-dirsync");
    }

    /// <summary>What fails here is no more than an attempt: the file that counts is as it was, and the next attempt begins with a new file.</summary>
    static void Write(string unfinished, ReadOnlySpan<byte> content, IForce force, CrashPoints points, string point)
    {
        try
        {
            using var file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.Write);
            points.Reached(point + ".before-write");
            RandomAccess.Write(file, content, 0);
            force.File(file, unfinished);
        }
        catch (IOException failure)
        {
            Remove(unfinished);
            if (failure is ForceFailedException { Error: var error }) throw new IOException(failure.Message, error);
            throw;
        }
    }

    /// <summary>On a full device what was written of it is missing elsewhere.</summary>
    static void Remove(string unfinished)
    {
        try
        {
            File.Delete(unfinished);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The next attempt writes over it, the next opening removes it.
        }
    }
}
