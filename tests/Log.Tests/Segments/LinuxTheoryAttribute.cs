namespace Semel.Log.Tests.Segments;

/// <summary>A test that needs to see inodes.</summary>
sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux: the simulated disk follows files by their inode";
    }
}
