function Get-Thing { param([Parameter(Mandatory=$true)][string]$Name, [int[]]$Ids = 5)
  # a comment <# and another #>
  if ($Name -eq "x: $($Name.Length) ${my var} $env:TEMP") { Write-Host @"
here $Name
"@ -ForegroundColor Red | Out-Null } else { [System.Text.Encoding]::UTF8.GetBytes('a''b')[0] }
}
