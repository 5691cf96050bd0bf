namespace Semel.Log.Segments.Device;

/// <summary>Replaces a small file so that after a crash either the old or the new content is there, whole.</summary>
static class AtomicFile
{
    /// <summary>Ends the names of files that a crash left half written; they mean nothing.</summary>
    public const string UnfinishedSuffix = ".unfinished";

    /// <param name="points">Reached as point.before-rename, point.after-rename and point.after-dirsync.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, IForce force, CrashPoints points, string point)
    {
        var unfinished = path + UnfinishedSuffix;
        using (var file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            force.File(file, unfinished);
        }
        points.Reached(point + ".before-rename");
        File.Move(unfinished, path, overwrite: true);
        points.Reached(point + ".after-rename");
        force.Directory(Path.GetDirectoryName(path)!);
        points.Reached(point + ".after-dirsync");
    }
}
